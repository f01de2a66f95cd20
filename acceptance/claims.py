"""Which step of the run proves which claim of docs/fidelity.md, and why the others are not proved by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from acceptance.progress import Progress, status_of

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "fidelity.md"
Verdict = Literal["proved", "proved in part", "failed", "not proved", "not by this run"]


@dataclass(frozen=True, kw_only=True)
class Proof:
    """The steps that together prove a claim; in part where the run does not try all of it, but leaves out `beyond`."""

    steps: tuple[str, ...]
    beyond: str = ""


@dataclass(frozen=True)
class NotByThisRun:
    """Why the run proves nothing of a claim."""

    reason: str


_ON_THIS_MACHINE: Final = NotByThisRun("a property of the sources, which no cloud has a part in")

CLAIMS: Final[Mapping[str, Proof | NotByThisRun]] = {
    "The program registers what it should": Proof(
        steps=("up", "second-up", "drift"), beyond="that the state is encrypted: the bootstrap's settings say so"
    ),
    "What an account lacks is said": Proof(steps=("doctor",), beyond="lacks that this account does not have"),
    "Bad settings stop everything": _ON_THIS_MACHINE,
    "After a kill of the CLI": NotByThisRun("a process would have to be killed in the middle of a deployment"),
    "Where AWS throttles": NotByThisRun("an account can't be made to throttle, fail or lose answers"),
    "Registry events that come thrice": NotByThisRun("EventBridge takes no events of AWS's services from others"),
    "The bootstrap makes, checks and repairs": Proof(steps=("bootstrap",), beyond="that no role leaves its boundary"),
    "Whatever a role's policies allow": NotByThisRun(
        "no role is allowed more than its work, and no other team is there"
    ),
    "Every deployed role may do its work": Proof(
        steps=("delivery", "execution", "approval", "queries", "crawl"), beyond="that it may do no more"
    ),
    "Each role of the delivery pipeline": Proof(
        steps=("delivery", "self-update"), beyond="that it may do no more; a person destroys, not the deploy role"
    ),
    "Every resource is one that CloudFormation's schemas": NotByThisRun(
        "neither the schemas nor cfn-lint judge anything in it; that services take resources is another thing"
    ),
    "Deploy may do all that CloudFormation's handlers": NotByThisRun("deploy creates nothing anew in this run"),
    "Every list that AWS answers in pages": NotByThisRun("a sandbox's lists have one page"),
    "Every deployed policy is one": NotByThisRun(
        "IAM takes actions that it does not know, so a deployment shows nothing; verification asks about some of them"
    ),
    "Events reach the notifier": Proof(
        steps=("execution", "approval"), beyond="retries, dead-letter queues, alarms, mail and chat"
    ),
    "Failed executions, crawls and deliveries": NotByThisRun("nothing fails in this run"),
    "What pandas and Excel write is summed right": NotByThisRun("the CSV that it crawls has no quotes and no mistakes"),
    "The notifier's package is complete": Proof(
        steps=("execution", "approval"), beyond="that it is the same on every machine"
    ),
    "The delivery pipeline updates itself": Proof(
        steps=("delivery", "self-update"), beyond="a broken commit, pull requests, and the job that reports drift"
    ),
    "Before its approval a pushed commit": NotByThisRun("its commits are honest"),
    "checkov, cdk-nag, cloudsplaining and zizmor": NotByThisRun("they judge what is declared, not what AWS does"),
    "A resource that breaks a rule": NotByThisRun("its stack breaks none"),
    "A CLI or plugin whose archive": _ON_THIS_MACHINE,
    "Previews show no secret": NotByThisRun("the stack has no secret to show"),
    "Nothing beyond an approved change set": NotByThisRun("nobody interferes between preview and deployment"),
    "Buildspecs and workflows": Proof(steps=("delivery",), beyond="the workflows on GitHub"),
    "Verification finds": Proof(steps=("verify",), beyond="other faults than a disabled rule, which it finds"),
    "The ML pipeline's definition": Proof(steps=("delivery", "execution")),
    "The step scripts work": Proof(steps=("execution",), beyond="data of more than some hundred rows"),
    "Named queries and dashboard data sets": Proof(
        steps=("queries", "crawl", "refresh"), beyond="other figures than the metrics of the newest version"
    ),
    "A query over a year": NotByThisRun("it takes a year of history"),
    "Where Lake Formation governs the catalog": NotByThisRun("an account's data lake is no part of the run"),
    "A change of the dashboard's principals": NotByThisRun("the sandbox's principals stay"),
    "Changed settings change what they name": NotByThisRun("the sandbox's settings stay"),
    "Each environment is planned": NotByThisRun("it deploys one environment"),
    "The demo does what it tells": Proof(steps=("destroy", "left"), beyond="the demo itself"),
    "The acceptance run goes on": NotByThisRun("it is this run itself, which is neither killed nor broken on purpose"),
    "The report's plots": _ON_THIS_MACHINE,
}
"""By the words that each claim begins with."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A claim with its verdict, the steps that were to prove it, and what is to be said of it."""

    claim: str
    verdict: Verdict
    steps: tuple[str, ...]
    text: str


def claims(page: Path = PAGE) -> list[str]:
    """Return the claims of the table of docs/fidelity.md."""
    lines = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [line.split("|")[1].strip() for line in lines[1:]]


def beginnings(claim: str) -> list[str]:
    """Return the keys of CLAIMS that a claim begins with; one, where the table is complete."""
    return [words for words in CLAIMS if claim.startswith(words)]


def rows(progress: Progress, all_claims: Sequence[str]) -> list[Row]:
    """Return the verdict on each claim, from what the steps have shown."""
    return [_row(progress, claim, CLAIMS[beginnings(claim)[0]]) for claim in all_claims]


def _row(progress: Progress, claim: str, proof: Proof | NotByThisRun) -> Row:
    if isinstance(proof, NotByThisRun):
        return Row(claim=claim, verdict="not by this run", steps=(), text=proof.reason)
    statuses = {step: status_of(progress, step) for step in proof.steps}
    failed = [step for step, status in statuses.items() if status == "failed"]
    missing = [f"{step} ({status})" for step, status in statuses.items() if status not in {"passed", "failed"}]
    beyond = f"not tried: {proof.beyond}" if proof.beyond else ""
    if failed:
        return Row(claim=claim, verdict="failed", steps=proof.steps, text=f"failed in {', '.join(failed)}")
    if missing:
        return Row(claim=claim, verdict="not proved", steps=proof.steps, text=f"without {', '.join(missing)}")
    verdict: Verdict = "proved in part" if beyond else "proved"
    return Row(claim=claim, verdict=verdict, steps=proof.steps, text=beyond)
