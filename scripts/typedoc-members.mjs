/*
 * For typedoc: leaves protected members out, which the library's own classes have among themselves, but for those that
 * classes of one's own are made with: constructors, and options by their numbers.
 */
import { Converter, ReflectionKind } from 'typedoc';

const FOR_SUBCLASSES = /^(constructor|[gs]et(Bool|Int32|Uint32|Int64|Uint64|String)Option)$/;
/** Those that such classes extend. Others only repeat them. */
const BASES = ['Socket', 'Context'];

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const member of project.getReflectionsByKind(ReflectionKind.All)) {
      if (!member.flags.isProtected) continue;
      const kept = BASES.includes(member.parent?.name) && FOR_SUBCLASSES.test(member.name);
      if (!kept && project.getReflectionById(member.id) === member)
        project.removeReflection(member);
    }
  });
}
