# bash completion for vizora -*- shell-script -*-
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
