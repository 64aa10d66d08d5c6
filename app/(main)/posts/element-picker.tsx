'use client';

import { useTranslations } from 'next-intl';
import { type Choice, ComboboxField } from '#app/components/ui/combobox.tsx';
import { SelectField } from '#app/components/ui/text-fields.tsx';
import type { FieldProblem } from '#app/data/problem.ts';
import type { ElementKind } from '#generated/graphql/client/graphql.ts';
import { useFindElements } from '../network/elements/use-find-elements.ts';
import { elementKinds } from './element-filter.ts';

const found = {
  PROJECT: 'project',
  POLE: 'pole',
  BOX: 'box',
  CABLE: 'cable',
  CLIENT: 'client',
} as const;

interface Props {
  kind: ElementKind;
  onKind: (kind: ElementKind) => void;
  target: Choice | null;
  onTarget: (target: Choice | null) => void;
  error: FieldProblem | null;
}

/** Picks the element of a post: its kind, then its name. */
export function ElementPicker({ kind, onKind, target, onTarget, error }: Props) {
  const t = useTranslations('posts');
  const find = useFindElements(found[kind]);
  return (
    <div className="grid gap-4 sm:grid-cols-[10rem_1fr]">
      <SelectField
        label={t('elementKind')}
        value={kind}
        onChange={(event) => {
          onKind(elementKinds.find((known) => known === event.target.value) ?? 'POLE');
          onTarget(null);
        }}
        options={elementKinds.map((value) => ({ value, label: t(`elementKinds.${value}`) }))}
      />
      <ComboboxField
        key={kind}
        label={t('element')}
        value={target}
        onChange={onTarget}
        find={find}
        error={error}
      />
    </div>
  );
}
