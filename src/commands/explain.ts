// `recloser explain ID`: what happened to a call, told line by line.
import type { AttemptStep, Considered, Evidence, Step, Trail } from "../gateway/trail.ts";
import { ADMIN_OPTIONS, ask, findAdmin } from "./admin-client.ts";
import { parseOptions } from "./arguments.ts";
import { seconds } from "./drain.ts";
import { EXIT, type CommandIo } from "./io.ts";

/** Runs the command. */
export async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const parsed = parseOptions(args, ADMIN_OPTIONS, true);
  const [id, ...more] = parsed.ok ? parsed.value.positionals : [];
  if (!parsed.ok || id === undefined || more.length > 0) {
    const reason = parsed.ok ? "expected one id, as x-recloser-request-id says it" : parsed.error;
    io.stderr(`recloser explain: ${reason}\n`);
    return EXIT.usage;
  }
  const admin = await findAdmin(parsed.value.values, io);
  const told = admin.ok ? await ask(admin.value, `/requests/${encodeURIComponent(id)}`) : admin;
  if (!told.ok) {
    io.stderr(`recloser explain: ${told.error}\n`);
    return EXIT.no;
  }
  const isStory = typeof told.value === "object" && told.value !== null && "steps" in told.value;
  const wantsJson = parsed.value.values.json === true || !isStory;
  // The gateway is of the same build, or near it.
  io.stdout(wantsJson ? `${JSON.stringify(told.value)}\n` : story(told.value as Trail));
  return EXIT.ok;
}

/** A call's story in lines. */
export function story(trail: Trail): string {
  const { id, arrivedAt, protocol, operation, target, stream, status, losses } = trail;
  const kind = stream ? `streamed ${operation}` : operation;
  const head = `${id}  ${new Date(arrivedAt).toISOString()}  ${protocol} ${kind} for ${target}`;
  const end =
    status === undefined ? "the call is still under way" : `the client was told ${status}`;
  const lost = losses === undefined ? [] : [`lost in translation: ${losses}`];
  return `${[head, ...trail.steps.flatMap(linesOf), ...lost, end].join("\n")}\n`;
}

function linesOf(step: Step): readonly string[] {
  const at = `${`+${Math.round(step.at)}`.padStart(8)} ms  `;
  switch (step.kind) {
    case "considered":
      return [`${at}pool ${step.pool}: ${step.members.map(standing).join("; ")}`];
    case "waited":
      return [`${at}waited ${seconds(step.ms)} for ${step.for}`];
    case "attempt":
      return attemptLines(step, at);
  }
}

function standing({ model, standing: how, because, readyIn }: Considered): string {
  const time = readyIn === undefined ? "" : ` for ${seconds(readyIn)}`;
  return `${model} ${how}${time}${because === undefined ? "" : ` (${because})`}`;
}

function attemptLines(step: AttemptStep, at: string): readonly string[] {
  const { number, model, provider, key, verdict, took, firstByte, evidence, changes } = step;
  const speed = firstByte === undefined ? "" : `, first byte after ${seconds(firstByte)}`;
  const time = took === undefined ? "" : ` after ${seconds(took)}`;
  const by = key === "" || key === "-" ? provider : `${provider}, key ${key}`;
  const more = [
    ...(evidence === undefined ? [] : evidenceLines(evidence)),
    ...changes.map(({ scope, name, from, to, forMs }) => {
      const rest = forMs === undefined ? "" : ` for ${seconds(forMs)}`;
      return `${scope} ${name}: ${from} -> ${to}${rest}`;
    }),
  ];
  const margin = " ".repeat(at.length);
  const first = `${at}attempt ${number}: ${model} (${by}) ${verdict}${time}${speed}`;
  return [first, ...more.map((line) => margin + line)];
}

function evidenceLines(evidence: Evidence): readonly string[] {
  const { class: kind, culprit, status, code, type, excerpt, retryAfter, waitFrom } = evidence;
  const said = [status === undefined ? undefined : `HTTP ${status}`, code, type];
  const words = said.filter((word) => word !== undefined).join(" ");
  const from = waitFrom === undefined ? "" : ` (${waitFrom})`;
  return [
    `${kind}, the fault of the ${culprit}${words === "" ? "" : `: ${words}`}`,
    ...(excerpt === "" ? [] : [`"${excerpt}"`]),
    ...(retryAfter === undefined ? [] : [`asked to wait ${seconds(retryAfter)}${from}`]),
  ];
}
