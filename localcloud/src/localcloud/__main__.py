"""The local cloud from the command line: up, down, status, env, inbox, repository, pushed, fire."""

import argparse
import json
import sys
from dataclasses import replace

from localcloud import environment, lifecycle
from localcloud.account import Prepare, plain_account
from localcloud.layout import CloudState, Layout, default_layout
from localcloud.lifecycle import LocalCloudError
from localcloud.options import Options


def up(layout: Layout, arguments: argparse.Namespace) -> None:
    """Start the cloud in the background and print its environment."""
    state = lifecycle.running(layout)
    if state is None:
        options = replace(arguments.options, account=arguments.account, region=arguments.region, port=arguments.port)
        lifecycle.start(layout, options, arguments.prepare)
        print(f"Started the {environment.described(_running(layout, arguments.program))}", file=sys.stderr)
    else:
        print(f"Already running: {environment.described(state)}", file=sys.stderr)
    print(f'Use it in this shell with:  eval "$({arguments.program} env)"', file=sys.stderr)
    env(layout, arguments)


def down(layout: Layout, _arguments: argparse.Namespace) -> None:
    """Stop the cloud and everything that it started."""
    print("Stopped the local cloud" if lifecycle.stop(layout) else "No local cloud is running")


def status(layout: Layout, arguments: argparse.Namespace) -> None:
    """Say whether the cloud runs.

    Raises:
        LocalCloudError: when it does not.
    """
    print(environment.described(_running(layout, arguments.program)).capitalize())


def env(layout: Layout, arguments: argparse.Namespace) -> None:
    """Print the environment as shell commands.

    Raises:
        LocalCloudError: when nobody has the principal's name.
    """
    principals = ["root", *_running(layout, arguments.program)["users"]]
    if arguments.principal and arguments.principal not in principals:
        raise LocalCloudError(f"There is no principal {arguments.principal}, only {', '.join(principals)}")
    print(environment.shell(layout, arguments.principal))


def inbox(layout: Layout, arguments: argparse.Namespace) -> None:
    """Print the mails that the topics' e-mail subscribers received."""
    _running(layout, arguments.program)
    mails = lifecycle.call_internal(layout, "GET", "/_local/inbox")
    if arguments.json:
        print(json.dumps(mails, indent=2))
        return
    for mail in mails:
        print(f"{mail['time']}  to {mail['to']}\nSubject: {mail['subject']}\n\n{mail['body']}\n{'-' * 80}")
    print(f"{len(mails)} mail(s) in {layout.inbox}", file=sys.stderr)


def repository(layout: Layout, arguments: argparse.Namespace) -> None:
    """Create an empty git repository behind CodeCommit, or behind connections to GitHub, and print its path."""
    _running(layout, arguments.program)
    body = {"provider": arguments.provider, "name": arguments.name}
    print(lifecycle.call_internal(layout, "POST", "/_local/repositories", body)["path"])


def pushed(layout: Layout, arguments: argparse.Namespace) -> None:
    """Report a push to a repository to the cloud, as the repository's own hook does."""
    _running(layout, arguments.program)
    lifecycle.call_internal(layout, "POST", "/_local/pushed", {"provider": arguments.provider, "name": arguments.name})


def fire(layout: Layout, arguments: argparse.Namespace) -> None:
    """Send the event of a rule's schedule to its targets now."""
    _running(layout, arguments.program)
    print(lifecycle.call_internal(layout, "POST", "/_local/fire-rule", {"name": arguments.name})["id"])


def _account_id(text: str) -> str:
    try:
        return Options(account=text).account
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _running(layout: Layout, program: str) -> CloudState:
    state = lifecycle.running(layout)
    if state is None:
        raise LocalCloudError(f"No local cloud is running; start it with: {program} up")
    return state


def main(
    layout: Layout | None = None,
    options: Options | None = None,
    prepare: Prepare = plain_account,
    program: str = "localcloud",
) -> int:
    """Run one command.

    Args:
        layout: where the cloud keeps its files; by default what LOCALCLOUD_STATE_DIR names, else `.localcloud/`.
        options: how `up` starts it; the command line's own options win.
        prepare: how `up` prepares the account.
        program: what the user types to run this, for help and messages.
    """
    options = options or Options()
    parser = argparse.ArgumentParser(prog=program, description=__doc__)
    commands = parser.add_subparsers(required=True)
    for command in (up, down, status, env, inbox, repository, pushed, fire):
        sub = commands.add_parser(command.__name__, help=(command.__doc__ or "").splitlines()[0])
        sub.set_defaults(command=command, principal=None, options=options, prepare=prepare, program=program)
        sub.set_defaults(account=options.account, region=options.region, port=options.port)
        if command is up:
            sub.add_argument("--account", type=_account_id, help="the id of the account, 12 digits")
            sub.add_argument("--region", help="the default region")
            sub.add_argument("--port", type=int, help="loopback port; by default a free one")
        if command is inbox:
            sub.add_argument("--json", action="store_true", help="as JSON, with message attributes")
        if command in {repository, pushed, fire}:
            sub.add_argument("name", help="the rule" if command is fire else "the repository; owner/name on GitHub")
        if command in {repository, pushed}:
            sub.add_argument("--provider", choices=["codecommit", "github"], default="codecommit")
        if command in {up, env}:
            sub.add_argument("--principal", help="whose access key: root or a user; by default the first user's")
    arguments = parser.parse_args()
    try:
        arguments.command(layout or default_layout(), arguments)
    except LocalCloudError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
