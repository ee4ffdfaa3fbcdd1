import { deploy } from "../support/deployments.js";

/** A deployment, and a browser with a session in it that holds these values. What it took to write them is not counted. */
export async function begun(options: Parameters<typeof deploy>[0] = {}, values: Record<string, unknown> = { a: 1 }) {
  const application = deploy(options);
  const browser = application.browser();
  const { sessions } = application;
  await browser.request(sessions, (session) => session.set(values));
  application.wire.take();
  return { application, browser, sessions };
}
