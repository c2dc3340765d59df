# SPDX-License-Identifier: MIT
# bash: arrays, strings, pattern matching, 200 subshells, pipes
# needs: bash
# quick: yes

declare -A seen
declare -a order
for ((i = 0; i < 30000; i++)); do
	key=k$((i * 7919 % 1009))
	seen[$key]=$((${seen[$key]-0} + i))
	order[i * 31 % 4096]=$key
done
for ((i = 0; i < 4096; i += 64)); do
	echo "${order[i]} ${seen[${order[i]}]}"
done

text=
for ((i = 0; i < 2000; i++)); do
	text+="line $i of ${#text};"
done
echo "${#text} ${text//line/word}" | md5sum
IFS=';' read -ra parts <<<"$text"
printf '%s\n' "${parts[@]: -3}"
[[ ${parts[1999]} =~ ^line\ ([0-9]+) ]] && echo "matched ${BASH_REMATCH[1]}"

total=0
for i in {1..200}; do
	total=$((total + $(echo $((i * i)))))
done
echo "$total"
# Words of a here-document through a function, a pipe and a while loop.
swap()
{
	while read -r a b; do
		echo "$b $a"
	done
}
swap <<-END | sort | tee out/swapped
	one ${#seen[@]}
	two ${#order[@]}
END
comm -12 <(seq 1 3 3000 | sort) <(seq 1 7 3000 | sort) | wc -l
