/** What the server said of a failure, in its own words. */
export function ServerSaid({ said }: { said: string | null }) {
  if (said === null) return null;
  return (
    <p lang="en" className="mt-0.5 text-[13px] opacity-90 [overflow-wrap:anywhere]">
      {said}
    </p>
  );
}
