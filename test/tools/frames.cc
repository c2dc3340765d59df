/* SPDX-License-Identifier: MIT */
/* frames.cc - frames.c's where() from C++: templates, methods, a lambda. */
extern "C" int where(void);

namespace shop
{
template <class T> struct Box {
	T value;

	__attribute__((noinline)) int open(T other)
	{
		return where() + int(value + other);
	}
};

struct Shelf {
	virtual __attribute__((noinline)) int count(int n) const
	{
		return where() + n;
	}
	virtual ~Shelf() = default;
};
}

int main(int argc, char **)
{
	shop::Box<unsigned long> box = { 3 };
	shop::Shelf shelf;
	auto each = [argc](int n) __attribute__((noinline)) {
		return where() + n + argc;
	};

	return box.open(4) + shelf.count(5) + each(argc) == 12345;
}
