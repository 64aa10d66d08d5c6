import {
  type ElementParams,
  ElementRoute,
  elementMetadata,
} from '#app/(main)/network/elements/element-route.tsx';

export const generateMetadata = ({ params }: ElementParams) => elementMetadata('BOX', params);

export default function Page({ params }: ElementParams) {
  return <ElementRoute kind="BOX" params={params} />;
}
