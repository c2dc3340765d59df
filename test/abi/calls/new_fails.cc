/* SPDX-License-Identifier: MIT */
/*
 * operator new that cannot be served calls the new_handler, then throws
 * std::bad_alloc; the nothrow form returns nullptr. A C library that defines
 * operator new itself cannot throw.
 */
#include <new>
#include "../t.h"

static int handler_calls;

static void handler()
{
	if (++handler_calls == 3)
		std::set_new_handler(nullptr);
}

template <typename F> static bool throws(F f)
{
	try {
		void *p = t_hide(f());

		CHECKF(p == nullptr, "had %p", p);
	} catch (const std::bad_alloc &) {
		return true;
	}
	return false;
}

int main()
{
	const size_t huge = t_hide_size(PTRDIFF_MAX - 4096);
	const std::align_val_t align{ 4096 };

	CHECK(throws([=] { return operator new(huge); }));
	CHECK(throws([=] { return operator new[](huge); }));
	CHECK(throws([=] { return operator new(huge, align); }));
	CHECK(!throws([=] { return operator new(huge, std::nothrow); }));
	CHECK(!throws([=] { return operator new[](huge, std::nothrow); }));
	CHECK(!throws([=] { return operator new(huge, align, std::nothrow); }));
	std::set_new_handler(handler);
	CHECK(throws([=] { return operator new(huge); }));
	CHECK(handler_calls == 3);
	return 0;
}
