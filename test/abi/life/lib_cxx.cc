/* SPDX-License-Identifier: MIT */
/* A C++ library with static and thread_local objects, for dlopen_cxx. */
#include <map>
#include <stdexcept>
#include <string>
#include "../t.h"

static std::map<int, std::string> table{ { -1, std::string(100, 'a') } };
static thread_local std::string mine(500, 'm');

extern "C" int cxx_run(void);

int cxx_run(void)
{
	CHECK(mine.size() == 500 && table[-1].size() == 100);
	for (int i = 0; i < 1000; i++)
		table[i] = std::string(static_cast<size_t>(i), 'x');
	try {
		throw std::runtime_error("some text that is long enough");
	} catch (const std::exception &e) {
		CHECK(strlen(e.what()) > 20);
	}
	return static_cast<int>(table.size());
}
