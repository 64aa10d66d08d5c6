import {
  type ElementParams,
  ElementRoute,
  elementMetadata,
} from '#app/(main)/network/elements/element-route.tsx';

export const generateMetadata = ({ params }: ElementParams) => elementMetadata('CLIENT', params);

export default function Page({ params }: ElementParams) {
  return <ElementRoute kind="CLIENT" params={params} />;
}
