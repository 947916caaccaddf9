# Builds the binary, then copies it into a small image where it runs as an unprivileged user.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin mannameter && cp target/release/mannameter /mannameter

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/mannameter mannameter
COPY --from=build /mannameter /usr/local/bin/mannameter
USER mannameter
WORKDIR /var/lib/mannameter
# Mount a volume here, or set DATABASE_URL to use PostgreSQL: files inside the container are lost when it is removed.
ENV DATA_DIR=/var/lib/mannameter/data HOST=0.0.0.0 PORT=5000 LOG_FORMAT=json
EXPOSE 5000
STOPSIGNAL SIGTERM
ENTRYPOINT ["mannameter"]
CMD ["serve"]
