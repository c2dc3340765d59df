// SPDX-License-Identifier: MIT
// throw - C++ exceptions while libunwind is loaded: they are libgcc's, reach
// their handlers, and what they allocate is recorded; also through malloc'ing
// destructors, rethrown, and from threads.
#include <dlfcn.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

extern "C" {
#define _Thread_local thread_local
#include "p.h"
}

static const int times = 2000;

struct noisy {
	~noisy()
	{
		free(malloc(33));
	}
};

MARK(thrower) static void thrower(int depth)
{
	noisy n;

	if (depth)
		thrower(depth - 1);
	else
		throw std::runtime_error("thrown");
	P_FRAME;
}

MARK(plain) static void *plain(size_t n)
{
	void *p = malloc(n);

	P_FRAME;
	return p;
}

struct alignas(128) wide {
	char c[300];
};

struct tail {
	virtual ~tail() = default;
	std::vector<int> v = std::vector<int>(10);
};

// a pair of new and delete may be left out, unless somebody sees it
template <class T> static T *seen(T *p)
{
	__asm__ volatile("" : "+r"(p) : : "memory");
	return p;
}

// what the language itself asks for: all forms, and containers that grow
MARK(made) static void make_all()
{
	delete seen(new long);
	delete[] seen(new char[1000]);
	delete seen(new wide);
	delete[] seen(new wide[3]);
	delete seen(new (std::nothrow) long);
	delete seen(new tail);
	P_FRAME;
}

MARK(kept) static std::vector<std::string> *keep(int n)
{
	auto *v = new std::vector<std::string>;

	v->reserve((size_t)n);
	for (int i = 0; i < n; i++)
		v->emplace_back(100, 'x');
	return v;
}

static void catch_some()
{
	for (int i = 0; i < times; i++) {
		int caught = 0;

		free(plain(50));
		try {
			try {
				thrower(5);
			} catch (const std::logic_error &) {
				_exit(1);
			} catch (...) {
				throw;
			}
		} catch (const std::exception &e) {
			caught = std::string(e.what()) == "thrown";
		}
		P_CHECK(caught);
	}
}

int main()
{
	p_about_me(0);
	catch_some();
	std::thread t(catch_some), u(catch_some);
	t.join();
	u.join();
	for (int i = 0; i < times; i++)
		make_all();
	p_expect(made, "allocs=%d frees=%d live=0", 7 * times, 7 * times);
	// planted: never deleted; and one that is
	static std::vector<std::string> *volatile leak = keep(50);
	P_CHECK(leak);
	delete keep(20);
	p_expect(kept, "allocs=74 frees=22 live=52 asked=%zu",
		 2 * sizeof(*leak) + 70 * sizeof(std::string) + 70 * 101);

	// six destructors, and what the exception itself takes
	p_expect(plain, "allocs=%d frees=%d asked=%d live=0", 3 * times,
		 3 * times, 3 * times * 50);

	Dl_info info;
	void *raise = dlsym(RTLD_DEFAULT, "_Unwind_RaiseException");
	P_CHECK(raise && dladdr(raise, &info) &&
		strstr(info.dli_fname, "libgcc_s"));
	return 0;
}
