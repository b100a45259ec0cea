// The operators' routes: probes, and the admin API.
import { Hono } from "hono";
import { createAdmin, type AdminPlane } from "./admin.ts";
import { probe, type Readiness } from "./probes.ts";

/** What the operators' listener needs. */
export type OpsPlane = AdminPlane & { readonly readiness: () => Readiness };

/** Makes the app of the operators' listener. */
export function createOps(plane: OpsPlane): Hono {
  const app = new Hono();
  for (const path of ["/healthz", "/readyz"]) {
    app.get(path, (context) => probe(path, plane.readiness) ?? context.notFound());
  }
  app.route("/admin/v1", createAdmin(plane));
  app.notFound((context) =>
    context.json({ error: { message: `no such route: ${context.req.path}` } }, 404),
  );
  return app;
}
