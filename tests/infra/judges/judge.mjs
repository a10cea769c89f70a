// Reads {"definitions": {name: definition}, "cases": [{definition, input, context, answers}]} from standard input, and
// writes {"flaws": {name: [text]}} or, where there are cases, {"runs": [what each case did]}.
//
// asl-validator reads every definition; aws-local-stepfunctions runs every case: a task's n-th call gets its n-th answer
// ({"result": …} or {"error": …, "cause": …}), the last of which stays. No pause is waited out.
import { readFileSync } from 'node:fs';
import validate from 'asl-validator';
import { StateMachine } from 'aws-local-stepfunctions';

const { definitions, cases } = JSON.parse(readFileSync(0, 'utf8'));

const flaws = {};
for (const [name, definition] of cases.length ? [] : Object.entries(definitions)) {
  const { isValid, errors } = validate(structuredClone(definition), { checkPaths: true, checkArn: true });
  flaws[name] = isValid ? [] : errors.map((error) => JSON.stringify(error));
}

function statesOf(definition, found = {}) {
  for (const [name, state] of Object.entries(definition.States)) {
    found[name] = state;
    for (const inner of [...(state.Branches ?? []), state.ItemProcessor, state.Iterator]) {
      if (inner) statesOf(inner, found);
    }
  }
  return found;
}

async function run({ definition, input, context, answers }) {
  const states = statesOf(definitions[definition]);
  const calls = [];
  const given = {};
  const handlers = {};
  const retries = {};
  const waits = {};
  for (const [name, state] of Object.entries(states)) {
    if (state.Retry) retries[name] = 0;
    if (state.Type === 'Wait') waits[name] = 0;
    if (state.Type !== 'Task') continue;
    handlers[name] = async (parameters) => {
      calls.push([name, parameters]);
      const prepared = answers[name] ?? [{ error: 'NoAnswer', cause: `no answer for ${name}` }];
      given[name] = (given[name] ?? 0) + 1;
      const answer = prepared[Math.min(given[name], prepared.length) - 1];
      if ('error' in answer) throw Object.assign(new Error(answer.cause), { name: answer.error });
      return structuredClone(answer.result);
    };
  }
  const machine = new StateMachine(definitions[definition], { validationOptions: { noValidate: true } });
  const { result, eventLogs } = machine.run(input, {
    overrides: { taskResourceLocalHandlers: handlers, waitTimeOverrides: waits, retryIntervalOverrides: retries },
    context,
  });
  let end;
  try {
    end = { output: await result };
  } catch (error) {
    // An execution's error wraps the one of the state that failed.
    const cause = error.getWrappedError ?? error.cause ?? error;
    end = { error: cause.name ?? error.name, cause: cause.message ?? error.message };
  }
  const path = [];
  for await (const event of eventLogs) {
    if (event.type === 'StateEntered') path.push(event.state.name);
    if (event.type.startsWith('Execution') && event.type !== 'ExecutionStarted') break;
  }
  return { path, calls, ...end };
}

const runs = [];
for (const one of cases) runs.push(await run(one));
// Tasks leave timers behind, which would keep the process alive for as long as a task may take.
process.stdout.write(JSON.stringify({ flaws, runs }), () => process.exit(0));
