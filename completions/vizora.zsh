#compdef vizora
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
