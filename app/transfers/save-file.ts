import { networkProblem, type Problem, problemFrom } from '../data/problem.ts';

/**
 * Hands a download to the browser, which shows its progress and can resume it. Asks the server
 * first, because a refusal would be saved as a file. Returns null, or what went wrong.
 */
export async function saveFile(url: string, name: string): Promise<Problem | null> {
  try {
    const head = await fetch(url, { method: 'HEAD' });
    if (!head.ok) return await refusal(url);
  } catch {
    return networkProblem();
  }
  clickLink(url, name);
  return null;
}

/** HEAD has no body (RFC 9110 section 9.3.2): GET gives the reason. */
async function refusal(url: string): Promise<Problem | null> {
  const answer = await fetch(url, { headers: { range: 'bytes=0-0' } });
  const body = (await answer.json().catch(() => ({}))) as { detail?: string; title?: string };
  return problemFrom(body, body.detail ?? body.title ?? answer.statusText);
}

/** Saves text as a file, without asking the server. */
export function saveText(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  clickLink(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function clickLink(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}
