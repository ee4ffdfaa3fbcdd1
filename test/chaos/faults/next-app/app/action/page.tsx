import { go } from "./actions";

export default function ActionPage() {
  return (
    <form action={go}>
      <button type="submit">Go</button>
    </form>
  );
}
