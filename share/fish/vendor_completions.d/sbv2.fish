function _sbv2_completion
    env SBV2_LINE=(commandline -cp | string collect) _SBV2_COMPLETE=fish_complete \
        sbv2 2>/dev/null | while read -l -d \t kind value help
        switch $kind
            case dir
                __fish_complete_directories $value
            case file
                __fish_complete_path $value
            case '*'
                printf '%s\t%s\n' $value "$help"
        end
    end
end

complete --no-files --keep-order --command sbv2 --arguments "(_sbv2_completion)"
