package commands

// This file is about one thing: the scripts that run inside the shells. They are
// ours because cobra's evaluate the command line, break names with spaces when
// several fit, need the package bash-completion, and cost every new shell more
// time. Each asks "vizora __complete WORD..." and reads lines of a candidate, a
// tab and what it is, and at last ":" and cobra's directive: 2 is no space
// behind it, 4 is no files.

// bashScript runs in bash 3.2 too, which macOS has.
const bashScript = `# bash completion for vizora -*- shell-script -*-
_vizora()
{
    local IFS=$' \t\n' word about cur quote='' cut='' directive=0 longest=0 i
    local -a words=() found=() abouts=()
    COMPREPLY=()
    # bash splits words at = and : too; those belong together.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((${#words[@]} > 0)) && [[ $word == [=:]* || ${COMP_WORDS[i-1]} == [=:]* ]]; then
            words[${#words[@]}-1]+=$word
        else
            words+=("$word")
        fi
    done
    cur=${words[${#words[@]}-1]}
    case $cur in \"*|\'*) quote=${cur:0:1} ;; esac
    # Nothing of the command line is evaluated; quotes are only taken off.
    for i in "${!words[@]}"; do
        word=${words[i]}
        case $word in
        \"*) word=${word#\"} words[i]=${word%\"} ;;
        \'*) word=${word#\'} words[i]=${word%\'} ;;
        *\\*) IFS= read words[i] <<<"$word" ;;
        esac
    done
    cur=${words[${#words[@]}-1]}
    if [[ -z $quote && $cur == *[=:]* ]]; then
        case $COMP_WORDBREAKS in *[=:]*) cut=${cur%"${cur##*[=:]}"} ;; esac
    fi
    while IFS=$'\t' read -r word about; do
        if [[ $word == :[0-9]* ]]; then
            directive=${word#:}
        elif [[ -n $word && ( $cur != --*=* || $word != --* ) ]]; then
            found+=("$word")
            abouts+=("$about")
        fi
    done < <("${COMP_WORDS[0]}" __complete "${words[@]}" 2>/dev/null)
    if [[ $cut == --*= ]]; then cut='' cur=${cur#*=}; fi # cobra answers with the value alone
    local -a fitting=() told=()
    local pass
    for pass in exact folded; do
        [[ $pass == folded ]] && shopt -q nocasematch && break
        [[ $pass == folded ]] && shopt -s nocasematch
        for i in "${!found[@]}"; do
            if [[ ${found[i]} == "$cur"* ]]; then
                word=${found[i]#"$cut"}
                [[ -z $quote ]] && printf -v word %q "$word"
                fitting+=("$word")
                told+=("${abouts[i]}")
                ((${#word} > longest)) && longest=${#word}
            fi
        done
        [[ $pass == folded ]] && shopt -u nocasematch
        ((${#fitting[@]} > 0)) && break
    done
    if ((${#fitting[@]} > 1)) && [[ -z $quote && $COMP_TYPE != 37 && $COMP_TYPE != 42 ]]; then
        local room=$((${COLUMNS:-80} - longest - 4))
        for i in "${!fitting[@]}"; do
            if [[ -n ${told[i]} ]] && ((room > 8)); then
                about=${told[i]}
                ((${#about} > room)) && about=${about:0:room-1}…
                printf -v fitting[i] '%-*s  (%s)' "$longest" "${fitting[i]}" "$about"
            fi
        done
    fi
    COMPREPLY=("${fitting[@]}")
    if [[ $(type -t compopt) == builtin ]]; then
        ((directive & 2)) && compopt -o nospace
        ((directive & 4)) && compopt +o default
    fi
    return 0
}
complete -o default -F _vizora vizora
`

const zshScript = `#compdef vizora
# zsh completion for vizora
_vizora()
{
    local line word about directive=0
    local -a args plain told opts
    args=("${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}")
    while IFS= read -r line; do
        if [[ $line == :<-> ]]; then
            directive=${line#:}
        elif [[ -n $line ]]; then
            word=${line%%$'\t'*} about=''
            [[ $line == *$'\t'* ]] && about="  -- ${line#*$'\t'}"
            plain+=("$word")
            told+=("${word}${about}")
        fi
    done < <("${words[1]}" __complete "${args[@]}" 2>/dev/null)
    [[ $PREFIX == --*=* ]] && compset -P '*='
    (( directive & 2 )) && opts+=(-S '')
    (( ${#plain} )) && compadd -l -d told -M 'm:{[:lower:]}={[:upper:]}' "${opts[@]}" -a plain && return 0
    (( directive & 4 )) && return 1
    _files
}
if [[ $funcstack[1] == _vizora ]]; then
    _vizora "$@"
elif (( $+functions[compdef] )); then
    compdef _vizora vizora
fi
`

const fishScript = `# fish completion for vizora
function __vizora_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct | string replace -r '^["\']' '')
    set -l plain (string unescape -- $typed)
    or set plain $typed
    set -l flag (string match -r -- '^--[^=]*=' "$plain")
    set -l directive 0
    set -l found 0
    for line in (command $words[1] __complete $words[2..-1] "$plain" 2>/dev/null)
        if string match -qr '^:[0-9]+$' -- $line
            set directive (string sub -s 2 -- $line)
        else if test -n "$line"
            set found 1
            printf '%s%s\n' "$flag" "$line"
        end
    end
    if test $found = 0; and test (math "floor($directive / 4) % 2") = 0
        __fish_complete_path "$plain"
    end
end
complete -c vizora -e
complete -c vizora -f -a '(__vizora_complete)'
`
