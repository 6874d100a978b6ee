namespace Gateway.Providers.Translation;

/// <summary>The scripts of <see cref="Shell"/>, for any shell that knows POSIX and the tools of coreutils or busybox.</summary>
internal static class ShellScripts
{
    private const string Start =
        """
        umask 022
        say() { printf '//%s\n' "$1"; exit 0; }
        here() { place=$(pwd -P; printf .); place=${place%??}; }
        text() { value=$(printf '%b.' "$1"); value=${value%.}; }
        enter() {
          rest=$1
          while [ -n "$rest" ]; do
            case $rest in */*) part=${rest%%/*}; rest=${rest#*/} ;; *) part=$rest; rest= ;; esac
            if [ -L "./$part" ]; then say link; fi
            if [ ! -e "./$part" ]; then
              if [ -z "$2" ]; then say missing; fi
              mkdir -- "./$part" 2>/dev/null || [ -d "./$part" ] || say denied
            fi
            if [ ! -d "./$part" ]; then say notdir; fi
            cd -P -- "./$part" 2>/dev/null || say denied
          done
          here
          if [ "$place" != "$root${1:+/}$1" ]; then say link; fi
        }
        stat -c %s / >/dev/null 2>&1 || say 'tool stat'
        for tool in find mkdir mv rm dd; do command -v "$tool" >/dev/null 2>&1 || say "tool $tool"; done
        cd -P -- "$1" 2>/dev/null || say workdir
        here; root=$place
        if [ "$root" = / ]; then root=; fi

        """;

    private const string OfFile =
        """
        text "$2"; folder=$value
        text "$3"; name=$value
        enter "$folder"
        if [ -L "./$name" ]; then say link; fi
        if [ ! -f "./$name" ]; then say missing; fi

        """;

    /// <summary>Lists every regular file.</summary>
    public const string List = Start +
        """
        find . -type f -exec stat -c '%n//%s %Y %a' {} + 2>/dev/null
        say "end $?"
        """;

    /// <summary>Looks at a file.</summary>
    public const string Look = Start + OfFile +
        """
        if [ ! -r "./$name" ]; then say denied; fi
        stat -c '//file %s %Y %a' "./$name" 2>/dev/null || say missing
        """;

    /// <summary>Deletes a file.</summary>
    public const string Delete = Start + OfFile +
        """
        facts=$(stat -c '%s %Y %a' "./$name" 2>/dev/null) || say missing
        rm -f -- "./$name" 2>/dev/null
        if [ -e "./$name" ] || [ -L "./$name" ]; then say denied; fi
        say "file $facts"
        """;

    /// <summary>Gives a file a second name.</summary>
    public const string Share = Start + OfFile +
        """
        ln -- "./$name" "$4" 2>/dev/null || cp -- "./$name" "$4" 2>/dev/null || say denied
        say shared
        """;

    /// <summary>Takes a name away.</summary>
    public const string Drop = "rm -f -- \"$1\" 2>/dev/null; printf '//done\\n'";

    /// <summary>Moves a staged file to its place.</summary>
    public const string Place = Start +
        """
        text "$2"; folder=$value
        text "$3"; name=$value
        staged=$4
        say() { rm -f -- "$staged" 2>/dev/null; printf '//%s\n' "$1"; exit 0; }
        if [ "$(stat -c %s "$staged" 2>/dev/null)" != "$5" ]; then say short; fi
        if [ "$5" != "$6" ]; then
          dd if=/dev/null of="$staged" bs=1 seek="$6" count=0 2>/dev/null
          if [ "$(stat -c %s "$staged" 2>/dev/null)" != "$6" ]; then say short; fi
        fi
        enter "$folder" make
        if [ -L "./$name" ]; then rm -f -- "./$name" 2>/dev/null || say denied; fi
        if [ -d "./$name" ]; then say isdir; fi
        mv -f -- "$staged" "./$name" 2>/dev/null || say denied
        stat -c '//file %s %Y %a' "./$name" 2>/dev/null || say missing
        """;
}
