# SPDX-License-Identifier: MIT
# erlang: a virtual machine with allocators of its own: processes, binaries
# needs: erl

cat >work.erl <<'END'
-module(work).
-export([main/0]).

main() ->
	Self = self(),
	[spawn(fun() -> Self ! {N, churn(N)} end) || N <- lists:seq(1, 200)],
	Results = [receive {N, Sum} -> Sum end || N <- lists:seq(1, 200)],
	io:format("~p~n", [erlang:phash2(Results)]),
	Big = binary:copy(<<"text ">>, 1000000),
	io:format("~p~n", [length(binary:matches(Big, <<"xt t">>))]),
	Table = ets:new(table, []),
	[ets:insert(Table, {I, integer_to_list(I)})
		|| I <- lists:seq(1, 50000)],
	io:format("~p~n", [ets:info(Table, size)]),
	halt().

churn(N) ->
	Words = [integer_to_binary(I * N) || I <- lists:seq(1, 2000)],
	erlang:crc32(iolist_to_binary(lists:sort(Words))).
END
erlc work.erl
erl -noshell -s work main
