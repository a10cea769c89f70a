"""`rdspatch demo`: the story of the example application, told by what really happens on this machine."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from rdspatch.cli.narration import narrate
from rdspatch.cli.options import ScratchOption, ServerOption
from rdspatch.cli.render import show_audit, visible
from rdspatch.cli.stage import rehearsal_scene
from rdspatch.rehearsal.scene import Scene

PROJECT = "/api/projects/1"
HEALTH = "/api/health"
REQUEST_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Answer:
    """What the application said."""

    status: int
    body: Any


@dataclass(slots=True)
class Story:
    """Prints the story and keeps what was expected and did not happen."""

    console: Console
    unmet: list[str] = field(default_factory=list)

    def chapter(self, title: str) -> None:
        self.console.print(f"\n[bold]{title}[/]")

    def observe(self, what: str, *, met: bool, seen: str) -> None:
        """Print one observation; the story fails at its end unless every one is met."""
        mark = "[green]✓[/]" if met else "[bold red]✗[/]"
        self.console.print(f"  {mark} {what}: {escape(visible(seen))}", highlight=False)
        if not met:
            self.unmet.append(what)


def demo(scratch: ScratchOption = None, major: ServerOption = None) -> None:
    """From UndefinedColumn to healthy: the example application, its patches and the deployed workflow, here.

    Exits with 0 only when every step of the story was observed.
    """
    console = Console(soft_wrap=True)
    story = Story(console)
    console.print("synthesizing the stack, starting PostgreSQL and the application …", style="dim")
    with rehearsal_scene(patches=None, time_scale=1.0, command="demo", scratch=scratch, major=major) as scene:
        _before(story, scene)
        _first_run(story, scene)
        _after(story, scene)
        _second_run(story, scene)
        story.chapter("The audit trail")
        show_audit(scene.rehearsal.audit_records)
    if story.unmet:
        console.print(f"\n[bold red]not observed:[/] {escape('; '.join(story.unmet))}")
        raise typer.Exit(1)
    console.print("\n[bold green]From UndefinedColumn to healthy; every step observed.[/]")


def _before(story: Story, scene: Scene) -> None:
    story.chapter("The models have gained columns, the database has not")
    health, project = _get(scene, HEALTH), _get(scene, PROJECT)
    story.observe(f"GET {HEALTH}", met=health.status == 503 and _undefined_column(health), seen=_shown(health))  # noqa: PLR2004
    story.observe(f"GET {PROJECT}", met=project.status == 500 and _undefined_column(project), seen=_shown(project))  # noqa: PLR2004


def _first_run(story: Story, scene: Scene) -> None:
    story.chapter("The workflow runs, with {} as its input")
    execution = scene.rehearsal.run({}, name="demo-1", on_state=lambda change: narrate(story.console, change))
    seen = f"{execution.status} after {execution.transitions} state transitions"
    story.observe("the run", met=execution.status == "SUCCEEDED", seen=execution.cause or seen)


def _after(story: Story, scene: Scene) -> None:
    story.chapter("The application again, without a restart")
    health, project = _get(scene, HEALTH), _get(scene, PROJECT)
    story.observe(f"GET {HEALTH}", met=health.status == 200, seen=_shown(health))  # noqa: PLR2004
    results = project.body.get("results", []) if isinstance(project.body, dict) else []
    whole = project.status == 200 and bool(results) and all("job_id" in result for result in results)  # noqa: PLR2004
    seen = f"{project.status}, {len(results)} results, each with {', '.join(results[0])}" if whole else _shown(project)
    story.observe(f"GET {PROJECT}, which existed before", met=whole, seen=seen)


def _second_run(story: Story, scene: Scene) -> None:
    story.chapter("A second run")
    execution = scene.rehearsal.run({}, name="demo-2", on_state=lambda change: narrate(story.console, change))
    idle = execution.status == "SUCCEEDED" and "Apply" not in execution.state_names
    seen = "nothing to do; verified and healthy" if idle else str(execution.cause or execution.state_names)
    story.observe("the run", met=idle, seen=seen)


def _get(scene: Scene, path: str) -> Answer:
    try:
        with urllib.request.urlopen(scene.application_url + path, timeout=REQUEST_SECONDS) as response:  # noqa: S310 - our own URL
            return Answer(response.status, json.load(response))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, json.load(error))


def _undefined_column(answer: Answer) -> bool:
    return "UndefinedColumn" in json.dumps(answer.body)


def _shown(answer: Answer) -> str:
    return f"{answer.status} {json.dumps(answer.body)}"
