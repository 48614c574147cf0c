"""What goes beyond the screens: editor, git tool, files, the log and the crash report."""
