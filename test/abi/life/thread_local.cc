/* SPDX-License-Identifier: MIT */
/*
 * C++ thread_local objects allocate in constructors and free in destructors
 * at thread exit; a destructor may even make another such object.
 */
#include <pthread.h>
#include <string>
#include <vector>
#include "../t.h"

struct late {
	std::string text = std::string(300, 'l');
	~late()
	{
		CHECK(text == std::string(300, 'l'));
	}
};

struct early {
	std::vector<std::string> v;
	early()
	{
		for (size_t i = 0; i < 50; i++)
			v.emplace_back(i * 20, 'e');
	}
	~early()
	{
		static thread_local late made_at_exit;

		for (size_t i = 0; i < v.size(); i++)
			CHECK(v[i].size() == i * 20);
		made_at_exit.text.append(0, 'x');
		v.emplace_back(100000, 'z');
	}
};

static thread_local early object;

static void *thread(void *arg)
{
	object.v[1] += "";
	return arg;
}

int main()
{
	size_t before = 0;
	pthread_t tid;

	for (int i = 0; i < 3000; i++) {
		CHECK(!pthread_create(&tid, nullptr, thread, nullptr));
		CHECK(!pthread_join(tid, nullptr));
		if (i == 100)
			before = t_rss(getpid());
	}
	object.v[2] += "";
	CHECKF(t_rss(getpid()) < before + 16 * T_MIB, "%zu KiB, then %zu",
	       before >> 10, t_rss(getpid()) >> 10);
	return 0;
}
