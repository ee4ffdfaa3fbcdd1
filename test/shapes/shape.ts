/** A shape of application: what it is made of, how it is built and served, and what it has to show. */

import type { FakeBrowser } from "../support/fake-browser.js";

/** An application, as somebody would make it who installs the package. */
export interface Shape {
  readonly name: string;
  /** What it installs beside the package itself, by npm's names and ranges. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** What `create-next-app` is asked for, where the application begins with its template. */
  readonly template?: readonly string[];
  /** Puts the application's own files into its folder. */
  readonly write: (folder: string) => void;
  /** Commands that build it: the package and its bin, then the arguments. */
  readonly build: readonly (readonly string[])[];
  /** The arguments for Node that serve it on `PORT`. Without them, what is built is a test that runs. */
  readonly serve?: readonly string[];
  /** Needs Node from this major version on. */
  readonly node?: number;
  /** Whether it has a page at `/`, and a middleware. */
  readonly page?: boolean;
  /** Whether it brings a secret of its own, and needs none in its environment. */
  readonly hasSecret?: boolean;
  /** A path that answers once it is served. Default: `/api/read`. */
  readonly ready?: string;
  /** What it has to show, where that is not what every shape has to. */
  readonly check?: (shape: Shape, origin: string) => Promise<void>;
  /** What it has to show besides. */
  readonly also?: (served: { readonly origin: string; readonly folder: string }) => Promise<void>;
}

/** What was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** The names of the cookies that it set, in order. */
  readonly cookies: readonly string[];
}

/** One browser's visit of an application that is served. */
export interface Visit {
  readonly browser: FakeBrowser;
  request(path: string, init?: RequestInit): Promise<Answer>;
}
