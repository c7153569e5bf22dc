/** Rows of each pupil, in their order. */
export function byPupil<Row extends { pupilId: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.pupilId);
    if (group) group.push(row);
    else groups.set(row.pupilId, [row]);
  }
  return groups;
}
