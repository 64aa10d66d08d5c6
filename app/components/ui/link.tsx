'use client';

// biome-ignore lint/style/noRestrictedImports: this component is what the wall leads to.
import NextLink from 'next/link';
import { type ComponentProps, useState } from 'react';

/**
 * A link within the pages. Next would render the target of each link in sight on the server, twenty for one page that
 * somebody opens; this one waits until somebody is about to follow it.
 */
export function Link({ onPointerEnter, onFocus, ...rest }: ComponentProps<typeof NextLink>) {
  const [wanted, setWanted] = useState(false);
  return (
    <NextLink
      {...rest}
      prefetch={wanted ? null : false}
      onPointerEnter={(event) => {
        setWanted(true);
        onPointerEnter?.(event);
      }}
      onFocus={(event) => {
        setWanted(true);
        onFocus?.(event);
      }}
    />
  );
}
