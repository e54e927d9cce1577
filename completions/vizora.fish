# fish completion for vizora
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
