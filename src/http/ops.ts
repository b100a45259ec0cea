// The operators' routes: probes for now; the admin API joins them here.
import { Hono } from "hono";
import { probe } from "./probes.ts";

/** Makes the app of the operators' listener. */
export function createOps(ready: () => boolean): Hono {
  const app = new Hono();
  app.get("/healthz", (context) => probe(context.req.path, ready()) ?? context.notFound());
  app.get("/readyz", (context) => probe(context.req.path, ready()) ?? context.notFound());
  app.notFound((context) =>
    context.json({ error: { message: `no such route: ${context.req.path}` } }, 404),
  );
  return app;
}
