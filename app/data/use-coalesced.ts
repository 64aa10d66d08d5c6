'use client';

import { useCallback, useRef } from 'react';

/**
 * Runs `work`, one run at a time: calls that come during a run lead to one more after it, so that whatever
 * made the last call is seen.
 */
export function useCoalesced(work: () => Promise<void>): () => void {
  const running = useRef(false);
  const again = useRef(false);
  return useCallback(async () => {
    again.current = true;
    if (running.current) return;
    running.current = true;
    try {
      while (again.current) {
        again.current = false;
        await work();
      }
    } finally {
      running.current = false;
    }
  }, [work]);
}
