'use client';

import {
  BoxElementDocument,
  CableElementDocument,
  ClientElementDocument,
  type ElementKind,
  PoleElementDocument,
  ProjectElementDocument,
} from '#generated/graphql/client/graphql.ts';
import { boxKit } from '../boxes/box-kit.ts';
import { cableKit } from '../cables/cable-kit.ts';
import { clientKit } from '../clients/client-kit.ts';
import { poleKit } from '../poles/pole-kit.ts';
import { projectKit } from '../projects/project-kit.ts';
import { ElementPage } from './element-page.tsx';

/** The page of an element of any kind. */
export function ElementOfKind({ kind, id }: { kind: ElementKind; id: string }) {
  switch (kind) {
    case 'PROJECT':
      return <ElementPage kit={projectKit} document={ProjectElementDocument} id={id} />;
    case 'POLE':
      return <ElementPage kit={poleKit} document={PoleElementDocument} id={id} />;
    case 'BOX':
      return <ElementPage kit={boxKit} document={BoxElementDocument} id={id} />;
    case 'CABLE':
      return <ElementPage kit={cableKit} document={CableElementDocument} id={id} />;
    case 'CLIENT':
      return <ElementPage kit={clientKit} document={ClientElementDocument} id={id} />;
  }
}
