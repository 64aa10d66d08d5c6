import { redirect } from 'next/navigation';
import { readMe } from '#app/session/read-me.ts';
import { settingsPlaces } from './places.ts';

/** Redirects to the first settings page that the role may see. */
export default async function Page() {
  const me = await readMe();
  const place = settingsPlaces.find(({ action }) => me?.actions.includes(action));
  redirect((place ?? settingsPlaces[0]).href);
}
