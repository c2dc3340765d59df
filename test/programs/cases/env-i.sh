# SPDX-License-Identifier: MIT
# env-i: programs with nothing in their environment, closed files, small limits
# needs: env ls sort
# quick: yes

preload=(${LD_PRELOAD+"LD_PRELOAD=$LD_PRELOAD"})
numbers 20000 >data
touch -d @1000000000 data
env -i "${preload[@]}" /bin/ls -l data
env -i "${preload[@]}" /usr/bin/sort data | md5sum
env -i "${preload[@]}" /bin/ls / >/dev/null <&- 2>&-
({ ulimit -s unlimited || :; } 2>/dev/null; sort data | md5sum)
(ulimit -v 1000000 && sort -S 1M data | md5sum)
(ulimit -v 200000 && sort -S 1M data | md5sum)
(ulimit -d 100000 && sort -S 1M data | md5sum)
(ulimit -n 10 && sort -S 1M data | md5sum)
(ulimit -f 4096 && sort data >out/sorted)
# Not everybody may switch the randomisation of addresses off.
if setarch -R true 2>/dev/null; then
	setarch -R sort data | md5sum
fi
mkdir gone
(cd gone && rmdir ../gone && sort - <../data | md5sum)
