# SPDX-License-Identifier: MIT
# git: import of 1000 commits, clone, repack -ad, fsck, log -p, merge, blame
# needs: git
# quick: yes

git config --global user.name tester
git config --global user.email tester@example.org
git config --global gc.auto 0
git config --global pack.threads 2
git config --global init.defaultBranch main
export GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_DATE='1000000000 +0000' GIT_COMMITTER_DATE='1000000000 +0000'

# Each commit rewrites one of 40 files, which grow to some 100 lines.
awk 'BEGIN {
	x = 42
	for (i = 1; i <= 1000; i++) {
		print "commit refs/heads/main"
		printf "committer T <t@example.org> %d +0000\n", 1e9 + i
		message = "change " i
		printf "data %d\n%s\n", length(message), message
		f = i % 160
		for (j = 0; j < 10; j++) {
			x = (x * 16807) % 2147483647
			body[f] = body[f] "line " x " of file " f "\n"
		}
		printf "M 100644 inline dir%d/file%d.txt\n", f % 5, f
		printf "data %d\n%s\n", length(body[f]), body[f]
	}
}' >stream
git init -q one
git -C one fast-import --quiet <stream
git -C one reset -q --hard
git clone -q --no-local one two
cd two
git repack -adq --depth=20 --window=20
git fsck --full --strict
git count-objects -v | grep -E '^(count|in-pack|packs)'
git log -p | md5sum
git log --stat --graph --oneline | tail -n 3
git blame dir1/file1.txt | md5sum
git checkout -q -b side HEAD~20
sed -i '1s/^/first /' dir0/file0.txt
git commit -qam 'first line'
git checkout -q main
git merge -q --no-edit side
git grep -c 'line 1' | md5sum
git diff --stat HEAD~50 | tail -n 1
git rev-parse HEAD
git archive HEAD | tar -t | wc -l
git gc -q --prune=now
git fsck
