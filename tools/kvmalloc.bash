# SPDX-License-Identifier: MIT
# kvmalloc.bash - completion for bash: source it, or install it as
# share/bash-completion/completions/kvmalloc.
#
# The words come from `kvmalloc help --words`, so they are those of the
# installed version. After the program of `run` the completion is that
# program's own, where the bash-completion package can find it.

# index of the first word after `run` that is no option, or nothing
_kvmalloc_program()
{
	local i

	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--)
			echo $((i + 1))
			return
			;;
		-o | -n | --output | --rows | --report-file | --sort | \
			--by | --focus | --ignore | --thread | --sysroot | \
			--debug-dir | --color)
			((i++))
			# bash splits --name=value into three words
			if [[ ${COMP_WORDS[i]} == = ]]; then
				((i++))
			fi
			;;
		-*)
			if [[ ${COMP_WORDS[i + 1]} == = ]]; then
				((i += 2))
			fi
			;;
		*)
			echo "$i"
			return
			;;
		esac
	done
}

_kvmalloc_files()
{
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -X '!*.kvr' -- "$1"
				 compgen -d -- "$1")
}

_kvmalloc_command()
{
	local command=$1 cur=$2
	local tables="slabinfo buddyinfo pagetypeinfo zoneinfo meminfo
		      vmallocinfo allocinfo page_owner"

	case $command in
	whatis)
		if ((COMP_CWORD == 2)); then
			_kvmalloc_files "$cur"
		fi
		;;
	report | leaks | diff | check | flame | html | export)
		_kvmalloc_files "$cur"
		;;
	trace)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -X '!*.kvt' -- "$cur"
					 compgen -d -- "$cur")
		;;
	proc)
		if ((COMP_CWORD == 2)); then
			_kvmalloc_files "$cur"
		else
			mapfile -t COMPREPLY < <(compgen -W "$tables" -- "$cur")
		fi
		;;
	ls)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		;;
	help)
		mapfile -t COMPREPLY < <(compgen -W \
			"options $("${COMP_WORDS[0]}" help --words)" -- "$cur")
		;;
	run | doctor)
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		;;
	esac
}

_kvmalloc()
{
	local cur=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}
	local program words

	COMPREPLY=()
	if [[ $command == --no-pager && $COMP_CWORD -gt 1 ]]; then
		COMP_WORDS=("${COMP_WORDS[0]}" "${COMP_WORDS[@]:2}")
		((COMP_CWORD--))
		command=${COMP_WORDS[1]}
	fi
	if ((COMP_CWORD == 1)); then
		words=$("${COMP_WORDS[0]}" help --words 2>/dev/null)
		mapfile -t COMPREPLY < <(compgen -W \
			"$words --help --no-pager --version" \
			-- "$cur")
		return
	fi
	if [[ $command == run ]]; then
		program=$(_kvmalloc_program)
		if [[ -n $program && $program -lt $COMP_CWORD ]]; then
			if declare -F _command_offset >/dev/null; then
				_command_offset "$program"
			else
				compopt -o default 2>/dev/null
			fi
			return
		fi
	fi
	if [[ $cur == -* ]]; then
		words=$("${COMP_WORDS[0]}" help --words "$command" 2>/dev/null)
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
		if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then
			compopt -o nospace 2>/dev/null
		fi
		return
	fi
	_kvmalloc_command "$command" "$cur"
}

complete -F _kvmalloc kvmalloc
