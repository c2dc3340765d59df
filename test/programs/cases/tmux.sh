# SPDX-License-Identifier: MIT
# tmux: a server with windows, panes and history, its screens read back
# needs: tmux

mux()
{
	tmux -S "$PWD/socket" -f /dev/null "$@"
}

count()
{
	[ "$(mux capture-pane -p -t s:"$1" -S - | grep -c '^end')" = 1 ]
}

TERM=screen mux new-session -d -s s -x 80 -y 24 'sh -c "seq 1 1500; echo end;
	exec cat"'
trap 'mux kill-server' EXIT
preloaded "$(mux display-message -p '#{pid}')"
wait_for count 0
for i in 1 2 3; do
	mux new-window -d -t s:"$i" "sh -c 'seq -f \"$i line %g\" 500; echo end;
		exec cat'"
	mux split-window -d -t s:"$i" 'exec cat'
	wait_for count "$i".0
done
for i in 0 1.0 2.0 3.0; do
	mux capture-pane -p -t s:"$i" -S - | grep . | md5sum
done
mux resize-window -t s:1 -x 40 -y 10
mux select-layout -t s:2 even-horizontal
mux send-keys -t s:2.1 'typed text' Enter
wait_for sh -c "tmux -S '$PWD/socket' capture-pane -p -t s:2.1 |
	grep -c typed | grep -q 2"
mux capture-pane -p -t s:2.1 | grep .
for i in {1..50}; do
	mux set-buffer -b "buffer$i" "$(seq "$i")"
done
mux show-buffer -b buffer17 | md5sum
mux list-panes -a -F '#{window_index}.#{pane_index} #{pane_width}'
