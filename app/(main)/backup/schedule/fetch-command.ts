import { useEffect, useState } from 'react';

const PLACEHOLDER = '$FIBERKEEP_API_KEY';

/**
 * Returns a curl command that saves an automatic backup under its own name. It fails with an error, and never
 * overwrites a file.
 */
export function fetchCommand(origin: string, at: string, secret: string | null): string {
  const header = `Authorization: Bearer ${secret ?? PLACEHOLDER}`;
  const quoted = secret === null ? `"${header}"` : `'${header}'`;
  return `curl -fOJ -H ${quoted} ${origin}/api/backups/automatic/${at}`;
}

/** `fetchCommand` for the address at which the person sees this server. */
export function useFetchCommand(): (at: string, secret: string | null) => string {
  const [origin, setOrigin] = useState('');
  useEffect(() => setOrigin(window.location.origin), []);
  return (at, secret) => fetchCommand(origin, at, secret);
}
