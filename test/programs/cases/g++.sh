# SPDX-License-Identifier: MIT
# g++: templates, exceptions, threads: the object's bytes, then the program
# needs: g++

cat >work.cc <<'END'
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <new>
#include <numeric>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

struct alignas(64) Wide {
	double lane[8];
};

struct Node {
	std::unique_ptr<Node> left, right;
};

static std::unique_ptr<Node> tree(int depth)
{
	if (!depth)
		return nullptr;
	return std::make_unique<Node>(Node{tree(depth - 1), tree(depth - 1)});
}

static long churn(int seed)
{
	std::unordered_map<std::string, std::vector<int>> table;
	int keys = 4099 + seed;

	for (int i = 0; i < 20000; i++)
		table["key" + std::to_string(i * seed % keys)].push_back(i);
	return std::accumulate(table.begin(), table.end(), 0L,
		[](long sum, const auto &entry) {
			return sum + entry.second.back();
		});
}

int main()
{
	std::vector<long> results(8);
	std::vector<std::thread> threads;

	for (int i = 0; i < 8; i++)
		threads.emplace_back([&, i] { results[i] = churn(i + 1); });
	for (auto &thread : threads)
		thread.join();
	for (long result : results)
		std::cout << result << '\n';

	std::vector<std::unique_ptr<Wide>> wide;
	for (int i = 0; i < 1000; i++) {
		wide.push_back(std::make_unique<Wide>());
		if (reinterpret_cast<std::uintptr_t>(wide.back().get()) % 64)
			return 1;
	}
	auto root = tree(16);
	root.reset();

	try {
		volatile std::size_t huge = SIZE_MAX / 2 - 64;
		char *volatile p = new char[huge];
		delete[] p;
	} catch (const std::bad_alloc &) {
		std::cout << "bad_alloc\n";
	}
	std::ostringstream out;
	for (int i = 0; i < 10000; i++)
		out << i << ' ';
	std::string text = out.str();
	std::cout << std::regex_replace(text.substr(0, 60),
		std::regex("([0-9])([0-9])"), "$2$1") << '\n';
	std::multimap<int, std::string> sorted;
	for (int i = 0; i < 5000; i++)
		sorted.emplace(i * 7919 % 1000, text.substr(i, i % 40));
	std::cout << sorted.size() << sorted.begin()->second << '\n';
}
END
g++ -std=c++17 -O1 -g -pthread -c work.cc -o out/work.o
g++ -pthread out/work.o -o work
./work
