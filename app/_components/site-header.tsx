import type { ReactNode } from "react";
import { Navigation } from "./navigation";

/** The top of every page. `children` is what depends on the session, and is left out of static pages. */
export function SiteHeader({ children }: { children?: ReactNode }) {
  return (
    <header className="site-header">
      <a className="brand" href="/">
        <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
          <path className="brand-water" d="M2 13c3-2.400 6-2.400 9 0s6 2.400 8 .6V28H2z" />
          <path className="brand-fall" d="M19 13.600c6 0 5 10.400 11 10.400V28H19z" />
          <path className="brand-wall" d="M17.500 10h3v18h-3z" />
        </svg>
        Spillway
      </a>
      <Navigation />
      <div className="site-header-end">{children}</div>
    </header>
  );
}
