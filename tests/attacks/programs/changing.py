"""Changing files that are not the program's, and what the file system knows of them."""

import os
from pathlib import Path

from tests.attacks.programs.native import BAIT, call

_FILE = "file"


def overwrite_a_file():
    Path(BAIT[_FILE]).write_text("attacked")


def append_to_a_file():
    with Path(BAIT[_FILE]).open("a") as file:
        file.write("attacked")


def make_a_file():
    (Path(BAIT["folder"]) / "attack").touch()


def make_a_folder():
    (Path(BAIT["folder"]) / "attack").mkdir()


def make_a_pipe():
    os.mkfifo(Path(BAIT["folder"]) / "attack")


def truncate_a_file():
    os.truncate(BAIT[_FILE], 0)


def rename_a_file():
    os.rename(BAIT[_FILE], BAIT[_FILE] + ".gone")


def replace_a_file():
    Path("mine").write_text("attacked")
    os.replace("mine", BAIT[_FILE])


def exchange_two_files():
    Path("mine").write_text("attacked")
    call(316, -100, b"mine", -100, BAIT[_FILE].encode(), 2)


def remove_a_file():
    os.remove(BAIT[_FILE])


def link_a_file():
    os.link(BAIT[_FILE], BAIT[_FILE] + ".link")


def link_a_file_into_its_own_folder():
    os.link(BAIT[_FILE], "link")


def make_a_symbolic_link():
    os.symlink("/", Path(BAIT["folder"]) / "attack")


def change_the_mode():
    os.chmod(BAIT[_FILE], 0o777)


def change_the_mode_by_the_newest_call():
    call(452, -100, BAIT[_FILE].encode(), 0o777, 0)


def change_the_owner():
    os.chown(BAIT[_FILE], 65534, 65534)


def change_the_times():
    os.utime(BAIT[_FILE], (0, 0))


def change_an_attribute():
    os.setxattr(BAIT[_FILE], "user.attack", b"1")


def change_an_attribute_by_the_newest_call():
    call(463, -100, BAIT[_FILE].encode(), 0, b"user.attack", b"", 0)


def change_a_file_of_another_program():
    Path(BAIT["neighbour"]).write_text("attacked")


def leave_its_folder():
    os.rename("ready", "../attack")


def preload_a_library_for_the_next_program():
    Path("evil.so").write_bytes(b"\x7fELF")
    os.environ["LD_PRELOAD"] = os.path.abspath("evil.so")
    os.environ["PYTHONSTARTUP"] = os.environ["LD_PRELOAD"]


def change_a_module_of_the_standard_library():
    with Path(os.__file__).open("a") as file:
        file.write("\n# attacked\n")
