/** The address of a compare's page. It names what is compared, so that a dropped compare can be made again. */
export function compareAddress(id: string, { from, to }: { from: string; to: string | null }) {
  const params = new URLSearchParams({ from, ...(to !== null && { to }) });
  return `/backup/compare/${id}?${params}`;
}
