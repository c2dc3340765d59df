/* SPDX-License-Identifier: MIT */
/*
 * All forms of operator new and delete: alignment, distinct pointers for
 * size zero, every delete takes what its new gave.
 */
#include <new>
#include <string>
#include <vector>
#include "../t.h"

struct alignas(128) wide {
	char c[300];
};

static void forms(size_t n)
{
	const std::align_val_t a{ 256 };
	void *p;

	p = t_good(operator new(n));
	memset(p, 1, n);
	operator delete(p);
	p = t_good(operator new[](n));
	operator delete[](p, n);
	p = t_good(operator new(n, std::nothrow));
	operator delete(p, std::nothrow);
	p = t_aligned(operator new(n, a), 256);
	operator delete(p, n, a);
	p = t_aligned(operator new[](n, a, std::nothrow), 256);
	operator delete[](p, a, std::nothrow);
}

int main()
{
	std::vector<std::string> v;
	wide *w;

	for (size_t n = 0; n < 10 * T_MIB; n = n * 3 + 1)
		forms(n);
	w = static_cast<wide *>(t_hide(new wide[5]));
	CHECK((reinterpret_cast<uintptr_t>(w) & 127) == 0);
	delete[] w;
	for (size_t i = 0; i < 20000; i++)
		v.emplace_back(i % 100, 'a');
	for (size_t i = 0; i < v.size(); i++)
		CHECK(v[i].size() == i % 100);
	try {
		throw std::string(1000, 'x');
	} catch (const std::string &s) {
		CHECK(s.size() == 1000);
	}
	return 0;
}
