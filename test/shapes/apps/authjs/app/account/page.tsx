export default function Account() {
  return <p>Only for people who are signed in.</p>;
}
