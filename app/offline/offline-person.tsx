'use client';

import { useEffect } from 'react';
import { watchOffline } from './offline-worker.ts';

/** Tells the service worker who is signed in, so that it forgets what others saw. */
export function OfflinePerson({ id }: { id: string | null }) {
  useEffect(() => void watchOffline(id), [id]);
  return null;
}
