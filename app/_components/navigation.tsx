"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";

const PAGES = [
  ["/", "Session"],
  ["/notes", "Read only"],
  ["/account", "Account"],
  ["/devices", "Devices"],
  ["/about", "About"],
] as const;

/** The main navigation. On the client only to know which page is shown; it is rendered on the server all the same. */
export function Navigation() {
  const current = usePathname();
  return (
    <nav aria-label="Pages">
      <ul>
        {PAGES.map(([path, name]) => (
          <li key={path}>
            <Link href={path} aria-current={path === current ? "page" : undefined}>
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
