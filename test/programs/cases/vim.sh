# SPDX-License-Identifier: MIT
# vim: vim -es edits a file: substitutions, sorting, a macro, undo, a script
# needs: vim

vim --version | grep -q +eval || skip "this vim is too small for scripts"
numbers 20000 >out/file
cat >script.vim <<'END'
set nocompatible undolevels=100
%substitute/word\(\d\+\)/<\1>/g
global/<1\d*>/move 0
2000,6000sort n
normal gg
let @q = "A end\<Esc>j"
normal 500@q
%substitute/<\(\d\)\(\d\)/<\2\1/e
undo
redo
let counts = {}
for line in getline(1, '$')
	let key = len(split(line))
	let counts[key] = get(counts, key, 0) + 1
endfor
call append('$', map(sort(keys(counts)), 'v:val . "=" . counts[v:val]'))
syntax on
set filetype=c
vnew
call setline(1, map(range(1, 3000), '"int x" . v:val . ";"'))
%!sort -r
write out/second
bdelete!
wq
END
vim -es -u NONE -i NONE -n -S script.vim out/file </dev/null
tail -n 3 out/file
