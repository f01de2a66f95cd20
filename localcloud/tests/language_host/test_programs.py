"""The language host runs programs as Pulumi's own does, and shows their failures in the same way."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.local

Pulumi = Callable[..., subprocess.CompletedProcess[str]]


def failed(run: subprocess.CompletedProcess[str]) -> str:
    assert run.returncode != 0, run.stdout
    return run.stdout + run.stderr


def test_a_program_deploys_and_a_second_up_changes_nothing(program: Path, pulumi: Pulumi) -> None:
    (program / "helper.py").write_text("GREETING = 'hello'\n")
    (program / "__main__.py").write_text(
        "import pulumi, helper\n"
        "pulumi.ComponentResource('test:index:Thing', 'thing').register_outputs({})\n"
        "pulumi.export('greeting', helper.GREETING)\n"
        "pulumi.export('size', pulumi.Config().require_int('size'))\n"
        "pulumi.export('secret', pulumi.Config().require_secret('token'))\n"
    )
    pulumi("config", "set", "size", "3")
    pulumi("config", "set", "--secret", "token", "s3cr3t")

    first = pulumi("up", "--yes", "--skip-preview")
    second = pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")

    assert first.returncode == 0, first.stdout
    assert second.returncode == 0, second.stdout
    assert "s3cr3t" not in first.stdout
    outputs = json.loads(pulumi("stack", "output", "--json").stdout)
    assert outputs == {"greeting": "hello", "size": 3, "secret": "[secret]"}


def test_the_program_sees_its_own_directory_and_arguments(program: Path, pulumi: Pulumi) -> None:
    (program / "__main__.py").write_text(
        "import os, sys, pulumi\n"
        "pulumi.export('seen', [os.getcwd(), sys.path[0], os.path.basename(sys.argv[0]), __name__, len(sys.argv)])\n"
        "pulumi.export('root', pulumi.runtime.get_root_directory())\n"
    )
    pulumi("up", "--yes", "--skip-preview")
    outputs = json.loads(pulumi("stack", "output", "--json").stdout)
    assert outputs["seen"] == [str(program), str(program), "__main__.py", "__main__", 1]
    assert outputs["root"] == str(program)


def test_modules_beside_the_program_do_not_get_in_the_hosts_way(program: Path, pulumi: Pulumi) -> None:
    for name in ("localcloud", "grpc"):
        (program / f"{name}.py").write_text("raise ImportError('not this one')\n")
    (program / "__main__.py").write_text("import pulumi\npulumi.export('ok', True)\n")
    run = pulumi("up", "--yes", "--skip-preview")
    assert run.returncode == 0, run.stdout


def test_configuration_is_in_the_environment_too(program: Path, pulumi: Pulumi) -> None:
    (program / "__main__.py").write_text(
        "import pulumi\nfrom pulumi.runtime.config import get_config_env, get_config_secret_keys_env\n"
        "pulumi.export('size', get_config_env()['tiny:size'])\n"
        "pulumi.export('secrets', get_config_secret_keys_env())\n"
    )
    pulumi("config", "set", "size", "3")
    pulumi("config", "set", "--secret", "token", "s3cr3t")
    run = pulumi("up", "--yes", "--skip-preview")
    assert run.returncode == 0, run.stdout
    assert json.loads(pulumi("stack", "output", "--json").stdout) == {"size": "3", "secrets": ["tiny:token"]}


def test_a_program_in_a_subdirectory_runs_there(program: Path, pulumi: Pulumi) -> None:
    (program / "Pulumi.yaml").write_text("name: tiny\nruntime: python\nmain: src/\n")
    (program / "src").mkdir()
    (program / "src" / "__main__.py").write_text("import os, pulumi\npulumi.export('cwd', os.getcwd())\n")
    pulumi("up", "--yes", "--skip-preview")
    assert json.loads(pulumi("stack", "output", "--json").stdout)["cwd"] == str(program / "src")


def test_an_exception_is_shown_once_from_the_programs_first_line_on(program: Path, pulumi: Pulumi) -> None:
    (program / "__main__.py").write_text("def broken():\n    raise ValueError('no such thing')\n\nbroken()\n")
    output = failed(pulumi("preview"))
    assert "Program failed with an unhandled exception" in output
    assert output.count("ValueError: no such thing") == 1
    assert f'File "{program / "__main__.py"}", line 4' in output
    assert "runpy" not in output
    assert "language_host" not in output.replace("pulumi-language-python", "")


def test_an_exception_in_an_apply_fails_the_deployment(program: Path, pulumi: Pulumi) -> None:
    (program / "__main__.py").write_text(
        "import pulumi\n\ndef check(value):\n    raise ValueError(f'refused {value}')\n\n"
        "pulumi.export('x', pulumi.Output.from_input(5).apply(check))\n"
    )
    assert "ValueError: refused 5" in failed(pulumi("up", "--yes", "--skip-preview"))


def test_a_syntax_error_names_its_line(program: Path, pulumi: Pulumi) -> None:
    (program / "__main__.py").write_text("x = 1\nif x\n    pass\n")
    output = failed(pulumi("preview"))
    assert f'File "{program / "__main__.py"}", line 2' in output
    assert "SyntaxError" in output
    assert "Traceback" not in output


def test_a_syntax_error_in_an_imported_module_shows_who_imported_it(program: Path, pulumi: Pulumi) -> None:
    (program / "helper.py").write_text("def f(:\n")
    (program / "__main__.py").write_text("import helper\n")
    output = failed(pulumi("preview"))
    assert f'File "{program / "__main__.py"}", line 1' in output
    assert f'File "{program / "helper.py"}", line 1' in output


def test_a_run_error_is_shown_without_a_traceback(program: Path, pulumi: Pulumi) -> None:
    (program / "__main__.py").write_text("import pulumi\nraise pulumi.RunError('region is missing')\n")
    output = failed(pulumi("preview"))
    assert "region is missing" in output
    assert "Traceback" not in output


def test_a_missing_program_is_named(program: Path, pulumi: Pulumi) -> None:
    assert "unable to find main python program `__main__.py`" in failed(pulumi("preview"))


@pytest.mark.parametrize(
    ("argument", "shown"), [("3", "exit code: 3"), ("'the file is missing'", "the file is missing")]
)
def test_an_exit_with_a_code_fails_the_deployment(program: Path, pulumi: Pulumi, argument: str, shown: str) -> None:
    (program / "__main__.py").write_text(f"import sys\nsys.exit({argument})\n")
    assert shown in failed(pulumi("preview"))


def test_an_exit_without_a_code_is_a_success(program: Path, pulumi: Pulumi) -> None:
    (program / "__main__.py").write_text("import sys\nsys.exit(0)\n")
    run = pulumi("preview")
    assert run.returncode == 0, run.stdout


def test_about_lists_the_interpreter_and_its_packages(program: Path, pulumi: Pulumi) -> None:
    (program / "__main__.py").write_text("")
    about = json.loads(pulumi("about", "--json").stdout)
    assert about["runtime"]["language"] == "python"
    assert "localcloud" in {dependency["name"] for dependency in about["dependencies"]}


@pytest.mark.parametrize(("options", "variable"), [([], "false"), (["--debug"], ""), (["-d"], ""), ([], "true")])
def test_debug_messages_come_where_they_are_asked_for(
    program: Path, pulumi: Pulumi, pulumi_environment: dict[str, str], options: list[str], variable: str
) -> None:
    pulumi_environment["PULUMI_OPTION_DEBUG"] = variable or "false"
    asked = bool(options) or variable == "true"
    (program / "__main__.py").write_text(
        "import pulumi\npulumi.log.debug('a detail')\npulumi.log.info('a fact')\n"
        "pulumi.ComponentResource('test:index:Thing', 'thing')\n"
    )
    run = pulumi("preview", *options)
    assert run.returncode == 0, run.stdout
    assert "a fact" in run.stdout
    assert ("a detail" in run.stdout) == asked
    assert ("registering resource" in run.stdout) == asked, "the SDK's own"
