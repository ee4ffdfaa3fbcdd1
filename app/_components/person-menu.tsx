import type { Profile } from "../_session/options";

/** Who is signed in and the way out, or the way in. Plain forms and links: both work without JavaScript. */
export function PersonMenu({ profile }: { profile: Profile | undefined }) {
  if (!profile) {
    return (
      <a className="button quiet" href="/sign-in">
        Sign in
      </a>
    );
  }
  return (
    <form className="person" action="/auth/sign-out" method="post">
      <span className="person-name">
        <span className="visually-hidden">Signed in as </span>
        {profile.name}
      </span>
      <button type="submit" className="button quiet">
        Sign out
      </button>
    </form>
  );
}
